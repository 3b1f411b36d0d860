from . import lead_pool_robot, lead_pool_robot_message
